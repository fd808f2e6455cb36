using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ZeroCopySockets.Streams.Tests;

/// <summary>The framework's HTTP client over the stream view, against Kestrel over ordinary sockets, or over the pipe view itself.</summary>
public abstract class HttpTests(EngineKind kind) : EngineSuite(kind)
{
    private const int Requests = 24;

    [EngineTheory]
    [InlineData(HttpProtocols.Http1, false, false)]
    [InlineData(HttpProtocols.Http2, false, false)]
    [InlineData(HttpProtocols.Http1, true, false)]
    [InlineData(HttpProtocols.Http2, true, false)]
    [InlineData(HttpProtocols.Http1, false, true)]
    [InlineData(HttpProtocols.Http2, false, true)]
    [InlineData(HttpProtocols.Http2, true, true)]
    public Task Concurrent_requests_with_bodies_of_all_sizes_come_back_unchanged(HttpProtocols protocols, bool tls, bool serverOverPipes) => OnEngine(async engine =>
    {
        await using WebApplication server = await StartServerAsync(protocols, tls, serverOverPipes ? engine : null);
        using HttpClient client = NewClient(engine, protocols);
        var address = new Uri(server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

        await Task.WhenAll(Enumerable.Range(0, Requests).Select(async i =>
        {
            byte[] body = Payload.Make(i * i * 4_000, i);
            using HttpResponseMessage response = await client.PostAsync(new Uri(address, "/echo"), new ByteArrayContent(body));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(protocols == HttpProtocols.Http2 ? HttpVersion.Version20 : HttpVersion.Version11, response.Version);
            Assert.Equal(SHA256.HashData(body), SHA256.HashData(await response.Content.ReadAsByteArrayAsync()));

            using HttpResponseMessage hash = await client.PostAsync(new Uri(address, "/hash"), new ByteArrayContent(body));
            Assert.Equal(Convert.ToHexString(SHA256.HashData(body)), await hash.Content.ReadAsStringAsync());
        }));
    });

    private static async Task<WebApplication> StartServerAsync(HttpProtocols protocols, bool tls, ZeroCopyEngine? overPipes)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore();
        if (tls)
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        if (overPipes is not null)
        {
            builder.Services.AddSingleton<Microsoft.AspNetCore.Connections.IConnectionListenerFactory>(new PipeListenerFactory(overPipes));
        }

        builder.WebHost.ConfigureKestrel(options => options.Listen(Loopback.AnyPort, listen =>
        {
            listen.Protocols = protocols;
            if (tls)
            {
                listen.UseHttps(Certificates.SelfSigned);
            }
        }));
        WebApplication server = builder.Build();
        server.Run(static async context =>
        {
            if (context.Request.Path == "/hash")
            {
                await context.Response.WriteAsync(Convert.ToHexString(await SHA256.HashDataAsync(context.Request.Body)));
            }
            else
            {
                // All of it first: over HTTP/2 the client looks at no answer before it has sent everything, and windows end.
                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body);
                body.Position = 0;
                await body.CopyToAsync(context.Response.Body);
            }
        });
        await server.StartAsync();
        return server;
    }

    private static HttpClient NewClient(ZeroCopyEngine engine, HttpProtocols protocols)
    {
        var handler = new SocketsHttpHandler
        {
            MaxConnectionsPerServer = 6,
            ConnectCallback = async (context, cancellation) =>
            {
                var remote = new IPEndPoint(IPAddress.Parse(context.DnsEndPoint.Host), context.DnsEndPoint.Port);
                return (await engine.ConnectAsync(remote, cancellation)).AsStream();
            },
        };
        handler.SslOptions.RemoteCertificateValidationCallback = static (_, certificate, _, _) =>
            certificate!.GetRawCertData().AsSpan().SequenceEqual(Certificates.SelfSigned.RawData);
        return new HttpClient(handler)
        {
            DefaultRequestVersion = protocols == HttpProtocols.Http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
    }
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringHttpTests() : HttpTests(EngineKind.IoUring);

/// <summary>On the portable engine.</summary>
public sealed class PortableHttpTests() : HttpTests(EngineKind.Portable);
